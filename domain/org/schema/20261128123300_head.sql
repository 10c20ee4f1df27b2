-- +goose Up
alter table org_organ add column head text not null default '';
