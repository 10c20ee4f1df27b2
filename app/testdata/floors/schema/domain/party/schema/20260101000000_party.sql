create table person (id text primary key);
