-- +goose Up
create table delivery_delivery (
  id text primary key, document text not null unique, case_id text not null, case_item text not null, party text not null, organ text not null, hall text not null,
  kind text not null, title text not null, number text not null, case_number text not null, state text not null, way text not null,
  made_at bigint not null, due_at bigint not null, sent_at bigint not null, tracking text not null, ends_at bigint not null,
  effect_at bigint not null, served_at bigint not null, proof text not null
);
create index delivery_delivery_case on delivery_delivery (case_id, made_at);
create index delivery_delivery_open on delivery_delivery (organ, due_at, id) where served_at = 0;
create index delivery_delivery_hall on delivery_delivery (hall, due_at, id) where served_at = 0;
create index delivery_delivery_notice on delivery_delivery (ends_at, id) where state = 'notice';
create table delivery_attempt (
  id text primary key, delivery text not null, did text not null, way text not null, on_at bigint not null, at bigint not null, actor text not null, words bytea
);
create index delivery_attempt_delivery on delivery_attempt (delivery, at);
create table delivery_choice (
  id text primary key, case_id text not null, party text not null, way text not null, address bytea, at bigint not null, actor text not null
);
create index delivery_choice_case on delivery_choice (case_id, at);
