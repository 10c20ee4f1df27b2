-- +goose Up
create table approval_panel (
  task text primary key, case_id text not null, chair text not null, convened_by text not null, made_at bigint not null, meets_at bigint not null,
  place text not null, policy text not null, present bigint not null
);
create index approval_panel_case on approval_panel (case_id);
create table approval_vote (
  task text not null, member text not null, choice text not null, reason bytea, at bigint not null,
  primary key (task, member)
);
