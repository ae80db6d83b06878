-- CreateEnum
CREATE TYPE "MessageChannel" AS ENUM ('MAIL', 'SMS');

-- CreateEnum
CREATE TYPE "MessageStatus" AS ENUM ('WAITING', 'SENT', 'FAILED', 'DEAD');

-- CreateTable
CREATE TABLE "messages" (
    "id" TEXT NOT NULL,
    "channel" "MessageChannel" NOT NULL,
    "kind" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "content" TEXT,
    "status" "MessageStatus" NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_failure" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "account_id" TEXT,

    CONSTRAINT "messages_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "messages_due_at_id_idx" ON "messages"("due_at", "id");

-- CreateIndex
CREATE INDEX "messages_created_at_id_idx" ON "messages"("created_at", "id");

-- CreateIndex
CREATE INDEX "messages_to_created_at_id_idx" ON "messages"("to", "created_at", "id");

-- CreateIndex
CREATE INDEX "messages_account_id_idx" ON "messages"("account_id");
