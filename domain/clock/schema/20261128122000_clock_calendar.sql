-- +goose Up
create table clock_year (
  id text primary key, year bigint not null, version bigint not null, body text not null, by_staff text not null, made_at bigint not null
);
create unique index clock_year_version on clock_year (year, version);
create table clock_override (
  id text primary key, day text not null, work bigint not null, reason text not null, by_staff text not null, made_at bigint not null,
  lifted_at bigint not null, lifted_by text not null
);
create unique index clock_override_day on clock_override (day) where lifted_at = 0;
