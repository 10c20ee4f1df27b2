-- +goose Up
alter table org_staff add column seat text not null default '';
