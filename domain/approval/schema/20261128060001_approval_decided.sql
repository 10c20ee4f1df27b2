-- +goose Up
create index approval_task_decided on approval_task (item, done_at) where kind = 'decide' and state = 'done';
