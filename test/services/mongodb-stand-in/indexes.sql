-- The stand-in hands PostgreSQL only equality of top-level fields, as `_jsonb->'field' @> value`, and makes no index that
-- answers it. Run once in its database, before its first collection: every later collection is indexed as it is created.
create function index_collection() returns event_trigger language plpgsql as $$
declare
  collection regclass;
  field text;
begin
  for collection in
    select c.objid::regclass
      from pg_event_trigger_ddl_commands() c
      join pg_attribute a on a.attrelid = c.objid and a.attname = '_jsonb'
     where c.object_type = 'table'
  loop
    foreach field in array array['_id', 'channel_id'] loop
      execute format('create index on %s using gin ((_jsonb->%L) jsonb_path_ops)', collection, field);
    end loop;
  end loop;
end $$;

create event trigger index_collection on ddl_command_end when tag in ('CREATE TABLE') execute function index_collection();
