-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "copy_epoch" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "checkpoints" (
    "position" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT NOT NULL,
    "signature" TEXT NOT NULL,

    CONSTRAINT "checkpoints_pkey" PRIMARY KEY ("position")
);

-- Emptying the log is a change of it.
CREATE TRIGGER "events_never_emptied" BEFORE TRUNCATE ON "events"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_event_change"();
