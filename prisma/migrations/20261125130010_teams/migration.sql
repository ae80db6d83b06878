-- CreateTable
CREATE TABLE "teams" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "preferences" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "teams_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memberships" (
    "id" TEXT NOT NULL,
    "team_id" TEXT NOT NULL,
    "account_id" TEXT,
    "roles" TEXT[],
    "invited_at" TIMESTAMPTZ(3),
    "joined_at" TIMESTAMPTZ(3),
    "inviter_id" TEXT,
    "invited_phone" TEXT,
    "user_name" TEXT,
    "user_email" TEXT,
    "user_mfa" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "teams_created_at_id_idx" ON "teams"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "memberships_team_id_account_id_key" ON "memberships"("team_id", "account_id");

-- CreateIndex
CREATE UNIQUE INDEX "memberships_team_id_invited_phone_key" ON "memberships"("team_id", "invited_phone");

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One index for each order of a team's list. Whoever has not joined counts as joining last, whoever came without an invitation as
-- invited first, and a name that is not there as an empty one: nothing is null, so that a page begins where the last one ended.
-- Text is compared by its bytes, so that the order is the same on every server.
CREATE INDEX "memberships_by_joining" ON "memberships"("team_id", COALESCE("joined_at", TIMESTAMPTZ '9999-12-31 23:59:59.999+00'), "id");
CREATE INDEX "memberships_by_invitation" ON "memberships"("team_id", COALESCE("invited_at", TIMESTAMPTZ '1970-01-01 00:00:00+00'), "id");
CREATE INDEX "memberships_by_name" ON "memberships"("team_id", (lower(COALESCE("user_name", '')) COLLATE "C"), "id");
CREATE INDEX "memberships_by_email" ON "memberships"("team_id", (lower(COALESCE("user_email", '')) COLLATE "C"), "id");

-- An account's own list, newest first.
CREATE INDEX "memberships_of_account" ON "memberships"("account_id", COALESCE("joined_at", TIMESTAMPTZ '9999-12-31 23:59:59.999+00'), "id");

-- Who has a role, however few they are in however large a team: the key is team and role in one. For a role that nearly everybody has
-- PostgreSQL walks along the order instead; it knows by its statistics.
CREATE FUNCTION "roles_in_team"("team" TEXT, "roles" TEXT[]) RETURNS TEXT[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT array_agg("team" || '/' || "role") FROM unnest("roles") AS "role" $$;
CREATE INDEX "memberships_by_role" ON "memberships" USING gin ("roles_in_team"("team_id", "roles"));

-- One open invitation an address.
CREATE UNIQUE INDEX "memberships_open_invitations" ON "memberships"("team_id", "user_email") WHERE "joined_at" IS NULL;

-- The copies follow the account, whatever changes it, a node of an older version too.
CREATE FUNCTION "copy_account_to_memberships"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "memberships" SET "user_name" = NEW."name", "user_email" = NEW."email"
    WHERE "account_id" = NEW."id" AND "joined_at" IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER "accounts_copied_to_memberships" AFTER UPDATE OF "name", "email" ON "accounts"
    FOR EACH ROW WHEN (OLD."name" IS DISTINCT FROM NEW."name" OR OLD."email" IS DISTINCT FROM NEW."email")
    EXECUTE FUNCTION "copy_account_to_memberships"();
