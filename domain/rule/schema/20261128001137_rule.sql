-- +goose Up
create table rule_table (
  id text primary key, name text not null, name_fold text not null, organ text not null, item text not null,
  body text not null, digest text not null, author text not null, rev bigint not null, changed_at bigint not null,
  first_signer text not null, first_at bigint not null, released bigint not null
);
create index rule_table_organ on rule_table (organ, id);
create index rule_table_item on rule_table (item, id);
create index rule_table_name on rule_table (name_fold);
create table rule_version (
  rule text not null, number bigint not null, body text not null, digest text not null, author text not null,
  first_signer text not null, first_at bigint not null, second_signer text not null, second_at bigint not null,
  effective_at bigint not null, replay text not null, primary key (rule, number)
);
