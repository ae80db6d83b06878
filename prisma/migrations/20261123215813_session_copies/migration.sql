-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "copy_epoch" INTEGER NOT NULL DEFAULT 1;
