-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "pending_email" TEXT;

-- CreateTable
CREATE TABLE "former_emails" (
    "email" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "kept_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "former_emails_pkey" PRIMARY KEY ("email")
);

-- CreateIndex
CREATE INDEX "former_emails_account_id_idx" ON "former_emails"("account_id");

-- CreateIndex
CREATE INDEX "former_emails_kept_until_idx" ON "former_emails"("kept_until");

-- AddForeignKey
ALTER TABLE "former_emails" ADD CONSTRAINT "former_emails_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
