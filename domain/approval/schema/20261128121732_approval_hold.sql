-- +goose Up
alter table approval_task add column holder text not null default '';
alter table approval_task add column held_at bigint not null default 0;
alter table approval_task add column held_by text not null default '';
alter table approval_task add column held_note bytea;
alter table approval_task add column done_for text not null default '';
alter table approval_task add column by_default bigint not null default 0;
drop index approval_task_inbox;
create index approval_task_group on approval_task (organ, kind, due_at, id) where state = 'open' and holder = '';
create index approval_task_held on approval_task (organ, kind, due_at, id) where state = 'open' and holder <> '';
create index approval_task_mine on approval_task (holder, due_at, id) where state = 'open' and holder <> '';
create table approval_bar (
  case_item text not null, staff text not null, at bigint not null, ground text not null, note bytea,
  primary key (case_item, staff)
);
