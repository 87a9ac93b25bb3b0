-- When a post's sidecar was last written: its revision grows with what the sidecar tells of it.
alter table instagram_posts add column revision integer not null default 1;
alter table instagram_posts add column sidecar_revision integer not null default 0;
create index idx_instagram_posts_sidecar on instagram_posts (account_id) where sidecar_revision < revision;

-- How many posts Instagram counted, and how many it listed, when an account's feed was last walked to its end.
create table feed_counts (
  account_id uuid primary key references instagram_accounts (id) on delete cascade,
  reported integer not null,
  listed integer not null,
  counted_at timestamp not null
);
