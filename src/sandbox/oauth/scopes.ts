import type { Flavour } from '../faults.ts';

/** What the authorise page of each way to sign in knows; any other scope is refused there. */
const KNOWN: Readonly<Record<Flavour, readonly string[]>> = {
  facebook: [
    'public_profile',
    'email',
    'openid',
    'ads_management',
    'ads_read',
    'business_management',
    'instagram_basic',
    'instagram_content_publish',
    'instagram_manage_comments',
    'instagram_manage_insights',
    'instagram_manage_messages',
    'pages_manage_ads',
    'pages_manage_engagement',
    'pages_manage_metadata',
    'pages_manage_posts',
    'pages_messaging',
    'pages_read_engagement',
    'pages_read_user_content',
    'pages_show_list',
    'read_insights',
  ],
  instagram: [
    'instagram_business_basic',
    'instagram_business_content_publish',
    'instagram_business_manage_comments',
    'instagram_business_manage_insights',
    'instagram_business_manage_messages',
  ],
};

/** What the tokens that are there from the start may do. */
export const USUAL_SCOPES: Readonly<Record<Flavour, readonly string[]>> = {
  facebook: ['instagram_basic', 'pages_show_list', 'pages_read_engagement', 'public_profile'],
  instagram: ['instagram_business_basic'],
};

/** Of a `scope` parameter, by commas or spaces; each once. */
export const scopesIn = (text: string | null) => [...new Set((text ?? '').split(/[\s,]+/).filter(Boolean))];

export const unknownScopes = (scopes: readonly string[], flavour: Flavour) =>
  scopes.filter((scope) => !KNOWN[flavour].includes(scope));
