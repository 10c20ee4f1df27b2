-- +goose Up
create index casefile_item_wall on casefile_item (organ, item, town, clock, stage, due_at, soon_at, paused_at) where ended_at = 0 or clock <> '';
create index casefile_item_by_due on casefile_item (due_at, id) where ended_at = 0 or clock <> '';
