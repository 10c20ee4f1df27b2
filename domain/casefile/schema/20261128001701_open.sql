-- +goose Up
create index casefile_item_open on casefile_item (item, outcome, case_id);
