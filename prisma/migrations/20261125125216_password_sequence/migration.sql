-- AlterTable
ALTER TABLE "passwords" ADD COLUMN     "sequence" BIGSERIAL NOT NULL;
