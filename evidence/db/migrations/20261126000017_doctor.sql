-- migrate:up

-- `tipline doctor` looks, as the operator, whether the schema is that of the code, and whether the queue moves.
-- The list of migrations is the administrator's own.
GRANT SELECT ON schema_migrations TO tipline_operator;

SET ROLE tipline_owner;

GRANT SELECT ON procrastinate_events, procrastinate_workers TO tipline_operator;

RESET ROLE;

-- migrate:down
