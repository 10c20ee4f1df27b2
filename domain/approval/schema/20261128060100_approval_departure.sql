-- +goose Up
alter table approval_task add column departure text not null default '';
alter table approval_task add column departure_by text not null default '';
alter table approval_task add column departure_at bigint not null default 0;
alter table approval_task add column departure_body bytea;
