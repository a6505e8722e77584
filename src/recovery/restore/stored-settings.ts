import { type StoredSetting, setSql } from '../../clients/setting-sql.ts';
import { isSecretReference } from '../../core/stored-secret.ts';

export interface SettingsPlan {
  readonly statements: readonly string[];
  /** What no statement can give, for the operator. */
  readonly remarks: readonly string[];
}

/** @param alter for instance `ALTER ROLE "x"`, to which the settings belong */
export function planSettings(alter: string, settings: readonly StoredSetting[]): SettingsPlan {
  const statements: string[] = [];
  const remarks: string[] = [];
  for (const setting of settings) {
    const { name } = setting;
    try {
      if (isSecretReference(setting)) {
        const statement = `${alter} ${setSql({ name, value: '…' })}`;
        remarks.push(`the setting ${name} is a secret, which no backup holds: ${statement}`);
      } else statements.push(`${alter} ${setSql(setting)}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      remarks.push(`${alter} SET ${name} was left out: ${error.message}`);
    }
  }
  return { statements, remarks };
}
