-- Which password a session belongs to is told by a random version, and no longer by two moments: a clock may be wrong.
alter table web_access add column version text not null default '';
alter table web_sessions add column version text not null default '';
-- What did not open anything before does not open anything now.
delete from web_sessions where created_at < (select changed_at from web_access);

-- Browsers in which somebody logged in before. They outlive a log-out, and open nothing.
create table web_browsers (
  token_hash text primary key,
  version text not null,
  created_at timestamp not null,
  last_seen_at timestamp not null
);

-- Wrong passwords of the last hour, by where they came from.
create table web_login_tries (
  origin text primary key,
  wrong integer not null,
  last_at timestamp not null
);
