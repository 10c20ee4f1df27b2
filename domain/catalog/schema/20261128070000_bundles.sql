-- +goose Up
alter table catalog_bundle add column withdrawn bigint not null default 0;
create table catalog_bundle_part (bundle text not null, item text not null, primary key (bundle, item));
create table catalog_bundle_version (bundle text not null, version bigint not null, body text not null, by_whom text not null, at bigint not null, primary key (bundle, version));
