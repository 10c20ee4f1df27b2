-- +goose Up
create table crypto_key (
  subject      text   not null,
  version      bigint not null,
  wrapped      bytea  not null,
  made_at      bigint not null,
  destroyed_at bigint not null,
  primary key (subject, version)
);
