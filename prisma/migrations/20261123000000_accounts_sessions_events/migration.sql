-- CreateEnum
CREATE TYPE "SignInMethod" AS ENUM ('PASSWORD', 'MAGIC_LINK', 'EMAIL_CODE', 'PHONE_CODE', 'OAUTH', 'ANONYMOUS', 'PASSKEY', 'CUSTOM_TOKEN', 'INVITATION', 'SERVER');

-- CreateEnum
CREATE TYPE "Factor" AS ENUM ('PASSWORD', 'EMAIL', 'PHONE', 'OAUTH', 'PASSKEY', 'TOTP', 'RECOVERY_CODE', 'TOKEN');

-- CreateEnum
CREATE TYPE "SessionTransport" AS ENUM ('COOKIE', 'TOKEN');

-- CreateEnum
CREATE TYPE "SessionEndReason" AS ENUM ('SIGNED_OUT', 'REVOKED_BY_ACCOUNT', 'REVOKED_BY_OPERATOR', 'REPORTED', 'LIMIT_REACHED', 'EXPIRED', 'IDLE', 'PASSWORD_CHANGED', 'ACCOUNT_BLOCKED', 'ACCOUNT_DELETED', 'REPLACED');

-- CreateEnum
CREATE TYPE "AlertReview" AS ENUM ('PENDING', 'CONFIRMED', 'REPORTED');

-- CreateEnum
CREATE TYPE "ActorKind" AS ENUM ('ACCOUNT', 'API_KEY', 'GUEST', 'SYSTEM');

-- CreateEnum
CREATE TYPE "EventOutcome" AS ENUM ('SUCCEEDED', 'REFUSED', 'FAILED');

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "email" TEXT,
    "email_verified_at" TIMESTAMPTZ(3),
    "name" TEXT,
    "locale" TEXT,
    "preferences" JSONB NOT NULL DEFAULT '{}',
    "labels" TEXT[],
    "wants_session_alerts" BOOLEAN NOT NULL DEFAULT true,
    "session_limit" INTEGER,
    "blocked_at" TIMESTAMPTZ(3),
    "password_reset_required" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "first_session_at" TIMESTAMPTZ(3),
    "deletes_at" TIMESTAMPTZ(3),

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passwords" (
    "account_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "passwords_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "transport" "SessionTransport" NOT NULL,
    "method" "SignInMethod" NOT NULL,
    "provider" TEXT,
    "factors" "Factor"[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "extended_at" TIMESTAMPTZ(3) NOT NULL,
    "authenticated_at" TIMESTAMPTZ(3),
    "last_active_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "idle_expires_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" "SessionEndReason",
    "ip" TEXT,
    "user_agent" TEXT,
    "country_code" TEXT,
    "city" TEXT,
    "device_id" TEXT,
    "handover_hash" TEXT,
    "handover_expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "devices" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "user_agent" TEXT,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "confirmed_at" TIMESTAMPTZ(3),

    CONSTRAINT "devices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session_alerts" (
    "id" TEXT NOT NULL,
    "sequence" BIGSERIAL NOT NULL,
    "account_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "is_new_device" BOOLEAN NOT NULL,
    "is_new_country" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "review" "AlertReview" NOT NULL DEFAULT 'PENDING',
    "reviewed_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_alerts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT NOT NULL,
    "position" BIGINT,
    "type" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" "ActorKind" NOT NULL,
    "actor_id" TEXT,
    "account_id" TEXT,
    "subject_id" TEXT,
    "outcome" "EventOutcome" NOT NULL,
    "details" JSONB NOT NULL,
    "ip" TEXT,
    "salt" TEXT,
    "digest" TEXT NOT NULL,
    "hash" TEXT,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger" (
    "id" INTEGER NOT NULL,
    "position" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "ledger_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "settings" (
    "id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "data" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3),

    CONSTRAINT "settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "clock_offset_seconds" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_tokens" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "bound_to" TEXT,
    "data" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "voided_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_time_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_email_key" ON "accounts"("email");

-- CreateIndex
CREATE INDEX "accounts_deletes_at_idx" ON "accounts"("deletes_at");

-- CreateIndex
CREATE INDEX "accounts_created_at_id_idx" ON "accounts"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_handover_hash_key" ON "sessions"("handover_hash");

-- CreateIndex
CREATE INDEX "sessions_account_id_ended_at_created_at_id_idx" ON "sessions"("account_id", "ended_at", "created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_ended_at_expires_at_idx" ON "sessions"("ended_at", "expires_at");

-- CreateIndex
CREATE INDEX "sessions_ended_at_idle_expires_at_idx" ON "sessions"("ended_at", "idle_expires_at");

-- CreateIndex
CREATE INDEX "sessions_created_at_id_idx" ON "sessions"("created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_device_id_idx" ON "sessions"("device_id");

-- CreateIndex
CREATE UNIQUE INDEX "devices_account_id_key_hash_key" ON "devices"("account_id", "key_hash");

-- CreateIndex
CREATE UNIQUE INDEX "session_alerts_sequence_key" ON "session_alerts"("sequence");

-- CreateIndex
CREATE UNIQUE INDEX "session_alerts_session_id_key" ON "session_alerts"("session_id");

-- CreateIndex
CREATE INDEX "session_alerts_account_id_sequence_idx" ON "session_alerts"("account_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "events_position_key" ON "events"("position");

-- CreateIndex
CREATE INDEX "events_account_id_position_idx" ON "events"("account_id", "position");

-- CreateIndex
CREATE INDEX "events_type_position_idx" ON "events"("type", "position");

-- CreateIndex
CREATE INDEX "events_occurred_at_idx" ON "events"("occurred_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_secret_hash_key" ON "api_keys"("secret_hash");

-- CreateIndex
CREATE INDEX "api_keys_created_at_id_idx" ON "api_keys"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_tokens_token_hash_key" ON "one_time_tokens"("token_hash");

-- CreateIndex
CREATE INDEX "one_time_tokens_account_id_kind_idx" ON "one_time_tokens"("account_id", "kind");

-- AddForeignKey
ALTER TABLE "passwords" ADD CONSTRAINT "passwords_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "devices"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "devices" ADD CONSTRAINT "devices_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session_alerts" ADD CONSTRAINT "session_alerts_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session_alerts" ADD CONSTRAINT "session_alerts_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The log is append-only. A row may be sealed once (position, hash) and its personal part erased; nothing else.
CREATE FUNCTION "refuse_event_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (OLD."position" IS NULL OR (NEW."position" = OLD."position" AND NEW."hash" = OLD."hash"))
        AND (NEW."id", NEW."type", NEW."occurred_at", NEW."actor_kind", NEW."outcome", NEW."details", NEW."digest")
            = (OLD."id", OLD."type", OLD."occurred_at", OLD."actor_kind", OLD."outcome", OLD."details", OLD."digest")
        AND NEW."actor_id" IS NOT DISTINCT FROM OLD."actor_id"
        AND NEW."account_id" IS NOT DISTINCT FROM OLD."account_id"
        AND NEW."subject_id" IS NOT DISTINCT FROM OLD."subject_id"
        AND (NEW."ip" IS NULL OR NEW."ip" = OLD."ip")
        AND (NEW."salt" IS NULL OR NEW."salt" = OLD."salt")
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'events are append-only';
END;
$$;

CREATE TRIGGER "events_append_only" BEFORE UPDATE OR DELETE ON "events"
    FOR EACH ROW EXECUTE FUNCTION "refuse_event_change"();

-- The single rows.
INSERT INTO "ledger" ("id", "position", "hash") VALUES (1, 0, repeat('0', 64));
INSERT INTO "settings" ("id", "version", "data") VALUES (1, 1, '{}');
INSERT INTO "installation" ("id", "name") VALUES (1, gen_random_uuid()::text);
