-- +goose Up
create table powerlist_power (
  id text primary key, word text not null, number bigint not null, name text not null, catalog_code text not null, type text not null,
  organ text not null, level bigint not null, basis text not null, delegable text not null,
  from_at bigint not null, until_at bigint not null, ended_why text not null
);
create unique index powerlist_power_number on powerlist_power (word, number);
create index powerlist_power_code on powerlist_power (catalog_code, organ);
create index powerlist_power_organ on powerlist_power (organ, name, id);
create index powerlist_power_name on powerlist_power (name, id);
create table powerlist_supervision (
  id text primary key, power text not null, organ text not null, name text not null, step text not null, judged text not null, bounds text not null,
  after_check text not null, rule text not null, basis text not null, from_at bigint not null, until_at bigint not null, ended_why text not null
);
create index powerlist_supervision_power on powerlist_supervision (power, step);
create index powerlist_supervision_organ on powerlist_supervision (organ, name, id);
create index powerlist_supervision_name on powerlist_supervision (name, id);
create table powerlist_negative (
  id text primary key, kind text not null, name text not null, keywords text not null, catalog_code text not null, reason text not null,
  basis text not null, from_at bigint not null, until_at bigint not null, ended_why text not null
);
create index powerlist_negative_name on powerlist_negative (name, id);
create table powerlist_term (term text not null, entry text not null, primary key (term, entry));
