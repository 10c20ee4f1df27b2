-- +goose Up
alter table catalog_item add column state text not null default 'in_use';
alter table catalog_item add column reason text not null default '';
alter table catalog_item add column since text not null default '';
alter table catalog_item add column level bigint not null default 0;
alter table catalog_item add column task_type text not null default '';
alter table catalog_item add column catalog_code text not null default '';
update catalog_item set level = cast(substr(task_code, 19, 1) as bigint), task_type = substr(task_code, 22, 2), catalog_code = substr(task_code, 20, 12) where length(task_code) = 31;
create index catalog_item_name on catalog_item (name, id);
create index catalog_item_organ_name on catalog_item (organ, name, id);
create index catalog_item_state_name on catalog_item (state, name, id);
create index catalog_item_level_name on catalog_item (level, name, id);
create index catalog_item_type_name on catalog_item (task_type, name, id);
create index catalog_item_code on catalog_item (catalog_code, id);

alter table catalog_draft add column writers text not null default '';

create table catalog_turn (
  id text primary key, item text not null, state text not null, reason text not null, from_day text not null, by_staff text not null,
  at bigint not null, done_at bigint not null
);
create index catalog_turn_item on catalog_turn (item, at, id);

create table catalog_basic (
  code text primary key, name text not null, task_type text not null, basis text not null, levels text not null, source text not null,
  state text not null, from_day text not null, edition bigint not null
);
create index catalog_basic_name on catalog_basic (name, code);
create table catalog_change (
  id text primary key, edition bigint not null, code text not null, kind text not null, organ text not null, name text not null,
  before text not null, after text not null, made_at bigint not null, done_at bigint not null, done_by text not null, done text not null
);
create index catalog_change_open on catalog_change (done_at, organ, id);
create index catalog_change_organ on catalog_change (organ, done_at, id);

create table catalog_opening (
  id text primary key, item text not null, level bigint not null, hall text not null, kind text not null, from_day text not null,
  by_staff text not null, at bigint not null
);
create index catalog_opening_item on catalog_opening (item, from_day, id);
