-- +goose Up
alter table approval_task add column facts bytea;
