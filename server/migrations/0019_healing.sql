-- How a plan came out of the one that it takes the place of: shift, spread, sooner, smaller, one word each of what was done
-- to it and to those before it; empty where it was made anew.
ALTER TABLE commitments ADD COLUMN healed TEXT NOT NULL DEFAULT '';
