-- +goose Up
create table event_event (
  id   text primary key,
  name text not null,
  key  text not null,
  ord  bigint not null,
  body text not null,
  at   bigint not null,
  pos  bigint
);
create index event_event_key on event_event (key, ord);
create index event_event_pos on event_event (pos);
create index event_event_unsealed on event_event (id) where pos is null;

create table event_delivery (
  hearer   text not null,
  event_id text not null references event_event (id),
  key      text not null,
  ord      bigint not null,
  due_at   bigint not null,
  run_at   bigint not null,
  lease    bigint not null default 0,
  attempt  bigint not null default 0,
  parked   bigint not null default 0,
  error    text not null default '',
  primary key (hearer, event_id)
);
create index event_delivery_run on event_delivery (run_at) where parked = 0;
create index event_delivery_order on event_delivery (hearer, key, ord);

create table event_lease (
  name   text primary key,
  holder text not null,
  until  bigint not null
);
insert into event_lease (name, holder, until) values ('sealer', '', 0);
