import { databaseContract } from '../contract/database.ts';
import { eachDatabase } from '../support/databases.ts';

eachDatabase(databaseContract);
