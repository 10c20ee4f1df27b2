-- +goose Up
alter table licence_licence add column changed_at bigint not null default 0;
