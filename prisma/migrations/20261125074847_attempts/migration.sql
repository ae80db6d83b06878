-- CreateTable
CREATE TABLE "pending_sign_ups" (
    "sequence" BIGSERIAL NOT NULL,
    "token_hash" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "password_hash" TEXT,
    "name" TEXT,
    "locale" TEXT,
    "key_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pending_sign_ups_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "rehearsals" (
    "id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rehearsals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempt_buckets" (
    "key" TEXT NOT NULL,
    "entries" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "attempt_buckets_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "pending_sign_ups_token_hash_key" ON "pending_sign_ups"("token_hash");

-- CreateIndex
CREATE INDEX "pending_sign_ups_email_sequence_idx" ON "pending_sign_ups"("email", "sequence");

-- CreateIndex
CREATE INDEX "pending_sign_ups_expires_at_idx" ON "pending_sign_ups"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "rehearsals_digest_key" ON "rehearsals"("digest");

-- CreateIndex
CREATE INDEX "rehearsals_created_at_id_idx" ON "rehearsals"("created_at", "id");

-- CreateIndex
CREATE INDEX "attempt_buckets_expires_at_idx" ON "attempt_buckets"("expires_at");
