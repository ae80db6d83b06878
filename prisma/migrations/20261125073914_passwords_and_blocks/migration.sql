-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "block_reason" TEXT;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "replaced_hash" TEXT,
ADD COLUMN     "rotation" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE UNIQUE INDEX "sessions_replaced_hash_key" ON "sessions"("replaced_hash");
