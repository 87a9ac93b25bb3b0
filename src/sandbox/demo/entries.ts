import type { Look } from '../media/jpeg.ts';

/** A picture or clip of the assets, or a picture in another look. Names that begin with `clip-` are videos. */
export type DemoFile = string | { readonly asset: string; readonly look: Look };

/** A post of the demo. */
export interface DemoEntry {
  readonly day: string;
  readonly caption: string;
  /** Several files make an album. */
  readonly files: readonly DemoFile[];
  /** A clip is a reel unless it is a video of the feed. */
  readonly isFeedVideo?: boolean;
  readonly isPoster?: boolean;
  readonly alt?: string;
}

const mono = (asset: string): DemoFile => ({ asset, look: 'mono' });
const muted = (asset: string): DemoFile => ({ asset, look: 'muted' });

const post = (
  day: string,
  files: DemoFile | readonly DemoFile[],
  caption = '',
  more: Partial<DemoEntry> = {},
): DemoEntry => ({
  day,
  files: Array.isArray(files) ? files : [files as DemoFile],
  caption,
  ...more,
});

const LONG = `Ten years of this little studio, in one breath.

We began in a garage with a borrowed tripod, one good lens and a heater that worked on alternate days. The first client paid us in cheese. The second did not pay at all. The third is still with us, and has since opened four bakeries, each of which we have photographed at five in the morning.

What we learned: light is early, coffee is late, and a backup that you have not opened is a rumour.

Thank you for every picture you let us take.

#studio #tenyears #film #portrait #behindthescenes #thankyou #photography #garage #smallbusiness #makersgonnamake`;

/** Newest first. */
export const DEMO_ENTRIES: readonly DemoEntry[] = [
  post('2026-11-18', 'frost-ridge', 'First frost on the ridge ❄️', { alt: 'A snowy mountain peak in the morning' }),
  post('2026-11-11', 'clip-lake', 'A quiet minute at the lake. #reels #morning'),
  post(
    '2026-11-02',
    ['autumn-woods', 'lake-autumn', 'autumn-valley', 'pumpkins', 'fog-firs'],
    'Five from the autumn walk 🍂 Which one goes on the wall?',
  ),
  post('2026-10-21', 'ceramics'),
  post('2026-10-06', 'blue-hour', 'Blue hour, as always ten minutes too short.', {
    alt: 'A skyline with lit windows, mirrored in the water',
  }),
  post('2026-09-15', 'clip-coffee', 'Behind the scenes: the part of the shoot we drink ☕'),
  post(
    '2026-08-30',
    [
      'beach-above',
      'lemons',
      muted('sunset-sea'),
      muted('island-noon'),
      'lavender',
      muted('poppies'),
      'dunes-gold',
      'sea-noon',
      muted('tulips'),
      'beach-line',
      'city-bokeh',
      'clip-waves',
      mono('daisies'),
      'macarons',
      muted('green-hills'),
      'island-dusk',
      'cacti',
      'milky-way',
      'black-beach',
      muted('sunset-pink'),
    ],
    'The whole summer in twenty frames. Swipe until your thumb is tired 👉 #summer #photodump',
  ),
  post('2026-08-09', 'city-morning', 'سماء الصباح فوق المدينة 🌆 #صباح', { alt: 'Towers in the morning haze' }),
  post('2026-07-19', 'clip-valley', 'Slow pan over the valley.', { isFeedVideo: true }),
  post('2026-06-27', 'exhibition', 'Print sale until Sunday. Link in bio.', {
    alt: 'Three framed prints on a gallery wall',
  }),
  post('2026-06-01', 'blue-ridges', LONG, { alt: 'Hills one behind the other, fading into haze' }),
  post('2026-05-12', ['market-lights', muted('umbrellas'), muted('macarons')], 'Three from the fair 🎡'),
  post('2026-04-20', 'clip-sunset', 'POV: you found the good light 🌅 #reels'),
  post('2026-03-28', 'window-plant'),
  post('2026-02-14', 'poster-circles', 'A pattern for somebody ❤️', {
    isPoster: true,
    alt: 'A poster of circles and quarter circles',
  }),
  post('2026-01-01', 'moon', 'First moon of 2026 ✨'),
  post('2025-12-24', 'baubles', 'Closed until the 7th. Go outside!', {
    alt: 'Christmas baubles in front of warm lights',
  }),
  post('2025-11-30', 'dawn-firs', 'Fog, finally.', { alt: 'Rows of firs in fog' }),
  post('2025-11-02', 'sea-storm', 'Grey on grey. That is the post.'),
  post(
    '2025-10-05',
    [
      'bread',
      muted('buns'),
      muted('eggs'),
      muted('coffee-morning'),
      'clip-coffee',
      mono('bread'),
      'oranges',
      muted('window-plain'),
      mono('buns'),
      mono('macarons'),
    ],
    'A day with @harbour.bakery, from 4:40 to the last loaf. #bakery #documentary',
  ),
  post('2025-09-13', 'window-plain', 'New wall, who dis'),
  post('2025-08-17', 'clip-aurora', 'Not for the grid, but too good to lose.'),
  post('2025-07-20', 'sunset-sea', 'Sunset no. 4,312', { alt: 'A low sun over a calm sea' }),
  post('2025-06-21', 'sunflower', 'Longest day of the year ☀️', { alt: 'A sunflower before a blue sky' }),
  post('2025-05-18', ['poppies', mono('poppies')], 'Before / after ↔️'),
  post('2025-04-02', 'cherry', '春が来ました 🌸 #桜 #春'),
  post('2025-02-27', 'glazes'),
  post('2025-01-19', 'snow-firs', 'The path is still there. Somewhere. 🌲'),
  post('2024-12-08', 'clip-candles', 'Making of the winter catalogue 🎬'),
  post('2024-11-10', 'contact-sheet', 'Contact sheet Sunday.'),
  post('2024-10-12', ['gold-ridges', muted('gold-ridges'), mono('gold-ridges')], 'Three takes on the same hills.'),
  post('2024-08-25', 'heat-rooftops', 'Heat.', { alt: 'A hot sky over rooftops' }),
  post('2024-07-07', 'clip-ferry', 'Ferry home ⛴️', { isFeedVideo: true }),
  post('2024-05-26', 'camera', 'Workshop dates are up: three places left.', { alt: 'An old camera on a wooden table' }),
  post('2024-04-14', 'poster-tiles', 'Tile study, printed at 70 × 70.', { isPoster: true }),
  post('2024-02-18', muted('window-plant'), 'We moved! Same street, better windows. 🪟'),
  post('2024-01-06', 'lake-still'),
  post(
    '2023-12-03',
    ['candles', mono('market-lights'), muted('baubles'), muted('city-bokeh'), 'buns'],
    'From the advent market 🕯️ #advent',
  ),
  post('2023-10-29', 'clip-dunes', 'Sixty metres up, one battery left. #drone'),
  post('2023-09-10', 'umbrellas', 'Thank you, Lisbon 💛', { alt: 'Coloured umbrellas over a street' }),
  post('2023-07-23', 'sunset-pink', 'שקיעה אחרונה של החופשה'),
  post('2023-06-04', 'alpenglow', 'Up here at 6 a.m. with @jonas and a very cold sandwich.'),
  post('2023-04-16', 'clip-skyline', 'Test of the new slider.', { isFeedVideo: true }),
  post('2023-03-05', mono('dunes-close'), 'Black, white, and a little cheating.'),
  post('2023-01-15', ['diptych', mono('diptych')], 'Diptych.'),
  post('2022-11-20', muted('exhibition'), 'Exhibition opens on Friday, 19:00. Come by, there is soup. 🍲'),
  post('2022-10-02', 'rain-window'),
  post('2022-08-14', 'clip-snow', 'Our first reel. Be kind.'),
  post('2022-06-26', 'marble', 'Patience & <strong>light</strong> "quoted" — 100 % real \\o/'),
  post('2022-05-01', 'tulips', 'May!'),
  post('2022-02-20', 'snow-field', 'Snow day ☃️', { alt: 'Hills under fresh snow' }),
  post(
    '2021-12-12',
    [
      'mesa',
      'aurora',
      'blue-firs',
      'coffee-above',
      'rain-window',
      'clip-dunes',
      muted('island-dusk'),
      mono('cairn'),
      muted('lemons'),
      muted('night-skyline'),
    ],
    'The year in ten pictures, in no order but the one that feels right.',
  ),
  post('2021-10-17', 'fog-valley', 'Foggy commute.'),
  post('2021-08-22', 'clip-waves', 'Waves, 3 seconds 🌊', { isFeedVideo: true }),
  post('2021-06-13', muted('camera'), 'We are back in the studio.'),
  post('2021-04-04', 'eggs'),
  post('2021-01-31', 'coffee-morning', 'Home office, with coffee at least.'),
  post('2020-11-08', muted('fog-firs'), 'Walks, walks, walks.'),
  post('2020-08-30', [muted('lake-morning'), muted('lake-autumn'), mono('lake-still')], 'Lake, lake, lake 🏞️'),
  post('2020-05-10', 'daisies', 'Balcony light study.', { alt: 'Daisies in the sun' }),
  post('2020-02-29', 'books', 'See you in four years.'),
  post('2019-12-15', mono('exhibition'), 'Last print run of the year.'),
  post('2019-09-26', 'lake-morning', 'The picture everybody asks about. Yes, it is for sale.', {
    alt: 'A mountain lake under snowy peaks',
  }),
  post('2019-06-09', mono('night-skyline'), 'Timelapse attempt no. 2, the only frame that worked'),
  post('2019-03-17', mono('city-morning'), '#35mm #filmisnotdead'),
  post('2018-10-28', ['two-hills', mono('two-hills')], 'Two of the same, because I cannot choose.'),
  post('2018-07-01', 'night-skyline', 'Rooftop 🌇'),
  post('2018-02-11', 'cairn'),
  post('2017-09-03', 'green-hills', 'New camera. Same old hill.'),
  post('2017-04-22', 'island-noon', 'Earth day 🌍'),
  post('2016-11-27', 'clip-firs', 'Does video work here?', { isFeedVideo: true }),
  post('2016-08-05', 'dunes-blue', 'Hello, world 👋 First post of the studio.'),
];
