-- +goose Up
create table org_organ (
  id text primary key, name text not null, short text not null, level bigint not null,
  division text not null, kind text not null, phone text not null
);
create table org_hall (
  id text primary key, code text not null unique, name text not null, division text not null,
  address text not null, hours text not null, phone text not null
);
create table org_window (
  id text primary key, hall text not null references org_hall (id), number bigint not null, name text not null
);
create unique index org_window_number on org_window (hall, number);
create table org_point (
  id text primary key, name text not null, division text not null, hall text not null references org_hall (id)
);
create table org_staff (
  id text primary key, account text not null unique, name text not null, organ text not null,
  hall text not null, post text not null, phone text not null, roles text not null, active bigint not null
);
create index org_staff_organ on org_staff (organ);
