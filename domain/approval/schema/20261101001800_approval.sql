-- +goose Up
create table approval_task (
  id text primary key, case_id text not null, case_item text not null, step text not null, round bigint not null,
  kind text not null, name text not null, organ text not null, item text not null, number text not null,
  state text not null, due_at bigint not null, made_at bigint not null, done_at bigint not null, done_by text not null,
  second text not null, outcome text not null, rule_row text not null, note bytea
);
create unique index approval_task_step on approval_task (case_item, step, round);
create index approval_task_case on approval_task (case_id);
create index approval_task_inbox on approval_task (organ, state, due_at, id);
