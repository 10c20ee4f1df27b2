-- +goose Up
alter table form_draft add column mandate text not null default '';
alter table form_draft add column helper text not null default '';
