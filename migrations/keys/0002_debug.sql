-- Whether a key may ask how its requests are routed (x-pointsman-debug).

ALTER TABLE keys ADD COLUMN debug INTEGER NOT NULL DEFAULT 0;
