-- Some databases still allow one token of a kind in all, instead of one for each account.

do $$
declare
  old record;
begin
  for old in
    select i.indexrelid::regclass as index_name, c.conname as constraint_name
    from pg_index i
    left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'u'
    where i.indrelid = 'api_tokens'::regclass
      and i.indisunique
      and not i.indisprimary
      and i.indpred is null
      and (
        select array_agg(a.attname::text order by a.attname::text)
        from unnest(i.indkey::int[]) as key (attnum)
        left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.attnum
      ) = array['service_name', 'token_type']
  loop
    if old.constraint_name is null then
      execute format('drop index %s', old.index_name);
    else
      execute format('alter table api_tokens drop constraint %I', old.constraint_name);
    end if;
  end loop;
end
$$;
