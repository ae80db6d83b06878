-- AlterTable
ALTER TABLE "events" ADD COLUMN     "sequence" BIGSERIAL NOT NULL;

-- A row's place among what is to be sealed cannot be changed either.
CREATE OR REPLACE FUNCTION "refuse_event_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (OLD."position" IS NULL OR (NEW."position" = OLD."position" AND NEW."hash" = OLD."hash"))
        AND (NEW."id", NEW."type", NEW."occurred_at", NEW."actor_kind", NEW."outcome", NEW."details", NEW."digest", NEW."sequence")
            = (OLD."id", OLD."type", OLD."occurred_at", OLD."actor_kind", OLD."outcome", OLD."details", OLD."digest", OLD."sequence")
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
