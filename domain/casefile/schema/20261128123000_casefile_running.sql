-- +goose Up
create index casefile_item_running on casefile_item (id) where clock <> '';
