import express from 'express';
import { folder, Migrator } from 'gander';
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL, application_name: 'shop' });
pool.on('error', (error) => console.error(error.message)); // an idle connection broke: the pool opens another
const migrator = new Migrator({ pool, source: folder('migrations') });
try {
  await migrator.ensureUpToDate({ onEvent: (event) => event.type === 'note' && console.warn(event.message) });
} catch (error) {
  console.error(error.message); // what failed and where, what was applied, what was not run, what to do next
  process.exit(1);
}

const app = express();
app.get('/users', async (_request, response) => {
  response.json((await pool.query('SELECT id, name FROM users ORDER BY id')).rows);
});
const server = app.listen(process.env.PORT ?? 3000, (error) => {
  if (error) throw error;
  console.log(`Listening on port ${server.address().port}`);
});
