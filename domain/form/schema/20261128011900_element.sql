-- +goose Up
create table form_element (
  id text not null, version bigint not null, name text not null, name_en text not null, kind text not null, options text not null,
  format text not null, source text not null, sensitivity bigint not null, by_actor text not null, at bigint not null, newest bigint not null,
  primary key (id, version)
);
create index form_element_newest on form_element (newest, id);
create table form_term (term text not null, element text not null, primary key (term, element));
