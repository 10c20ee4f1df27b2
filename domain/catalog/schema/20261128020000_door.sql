-- +goose Up
create table catalog_facet (item text not null, kind text not null, value text not null, value_en text not null, primary key (kind, value, item));
create index catalog_facet_item on catalog_facet (item, kind, value);
create table catalog_bundle (
  id text primary key, name text not null, side text not null, place bigint not null, version bigint not null, body text not null, at bigint not null
);
