import type { SceneName } from '../post.ts';

/** One post of the demo: when, what, and what it says. `i` picture, `p` PNG, `v` feed video, `r` reel, digits an album. */
export interface DemoEntry {
  readonly day: string;
  readonly form: 'i' | 'p' | 'v' | 'r' | number;
  readonly caption: string;
  readonly alt?: string;
  readonly scene?: SceneName;
}

const LONG = `Ten years of this little studio, in one breath.

We began in a garage with a borrowed tripod, one good lens and a heater that worked on alternate days. The first client paid us in cheese. The second did not pay at all. The third is still with us, and has since opened four bakeries, each of which we have photographed at five in the morning.

What we learned: light is early, coffee is late, and a backup that you have not opened is a rumour.

Thank you for every picture you let us take.

#studio #tenyears #film #portrait #behindthescenes #thankyou #photography #garage #smallbusiness #makersgonnamake`;

/** Newest first. */
export const DEMO_ENTRIES: readonly DemoEntry[] = [
  {
    day: '2026-11-18',
    form: 'i',
    scene: 'mountains',
    caption: 'First frost on the ridge ❄️',
    alt: 'A mountain ridge in the morning',
  },
  { day: '2026-11-11', form: 'r', caption: 'Twelve seconds of quiet. Sound on. #reels #morning' },
  { day: '2026-11-02', form: 5, scene: 'forest', caption: 'Five from the autumn walk 🍂 Which one goes on the wall?' },
  { day: '2026-10-21', form: 'i', caption: '' },
  {
    day: '2026-10-06',
    form: 'i',
    scene: 'city',
    caption: 'Blue hour, as always ten minutes too short.',
    alt: 'A skyline with lit windows',
  },
  { day: '2026-09-15', form: 'r', caption: 'How we pack prints so that they arrive flat ✨' },
  {
    day: '2026-08-30',
    form: 20,
    caption: 'The whole summer in twenty frames. Swipe until your thumb is tired 👉 #summer #photodump',
  },
  {
    day: '2026-08-09',
    form: 'i',
    scene: 'city',
    caption: 'سماء المساء فوق المدينة 🌆 #غروب',
    alt: 'The sky over the city',
  },
  { day: '2026-07-19', form: 'v', scene: 'mountains', caption: 'Slow pan over the valley.' },
  { day: '2026-06-27', form: 'i', caption: 'Print sale until Sunday. Link in bio.' },
  {
    day: '2026-06-01',
    form: 'i',
    scene: 'mountains',
    caption: LONG,
    alt: 'Hills one behind the other, fading into haze',
  },
  { day: '2026-05-12', form: 3, scene: 'bloom', caption: 'Three from the fair 🎡' },
  { day: '2026-04-20', form: 'r', scene: 'sea', caption: 'POV: you found the good light 🌅 #reels' },
  { day: '2026-03-28', form: 'i', caption: '' },
  {
    day: '2026-02-14',
    form: 'p',
    scene: 'tiles',
    caption: 'A pattern for somebody ❤️',
    alt: 'A poster of circles and quarter circles',
  },
  { day: '2026-01-01', form: 'i', caption: '2026 ✨' },
  { day: '2025-12-24', form: 'i', scene: 'mountains', caption: 'Closed until the 7th. Go outside!' },
  { day: '2025-11-30', form: 'i', scene: 'forest', caption: 'Fog, finally.', alt: 'Rows of firs in fog' },
  { day: '2025-11-02', form: 'v', scene: 'sea', caption: 'Birds. That is the post. 🐦' },
  {
    day: '2025-10-05',
    form: 10,
    scene: 'city',
    caption: 'A day with @harbour.bakery, from 4:40 to the last loaf. #bakery #documentary',
  },
  { day: '2025-09-13', form: 'i', scene: 'tiles', caption: 'New wall, who dis' },
  { day: '2025-08-17', form: 'r', caption: 'Not for the grid, but too good to lose.' },
  {
    day: '2025-07-20',
    form: 'i',
    scene: 'sea',
    caption: 'Sunset no. 4,312',
    alt: 'A sun half set behind the sea, with a small boat',
  },
  { day: '2025-06-21', form: 'i', caption: 'Longest day of the year ☀️' },
  { day: '2025-05-18', form: 2, caption: 'Before / after ↔️' },
  { day: '2025-04-02', form: 'i', scene: 'bloom', caption: '春が来ました 🌸 #桜 #春' },
  { day: '2025-02-27', form: 'i', caption: '' },
  { day: '2025-01-19', form: 'i', scene: 'forest', caption: 'The hut is still there. So is the stove. 🔥' },
  { day: '2024-12-08', form: 'r', caption: 'Making of the winter catalogue 🎬' },
  { day: '2024-11-10', form: 'i', caption: 'Contact sheet Sunday.' },
  { day: '2024-10-12', form: 3, scene: 'mountains', caption: 'Three takes on the same hill.' },
  { day: '2024-08-25', form: 'i', scene: 'city', caption: 'Heat.', alt: 'A hot sky over rooftops' },
  { day: '2024-07-07', form: 'v', scene: 'sea', caption: 'Ferry home ⛴️' },
  { day: '2024-05-26', form: 'i', caption: 'Workshop dates are up: three places left.' },
  { day: '2024-04-14', form: 'p', scene: 'tiles', caption: 'Tile study, printed at 70 × 70.' },
  { day: '2024-02-18', form: 'i', scene: 'city', caption: 'We moved! Same street, better windows. 🪟' },
  { day: '2024-01-06', form: 'i', caption: '' },
  { day: '2023-12-03', form: 5, scene: 'city', caption: 'From the advent market 🕯️ #advent' },
  { day: '2023-10-29', form: 'r', scene: 'mountains', caption: 'Sixty metres up, one battery left. #drone' },
  { day: '2023-09-10', form: 'i', scene: 'city', caption: 'Thank you, Lisbon 💛', alt: 'A city under a low sun' },
  { day: '2023-07-23', form: 'i', scene: 'sea', caption: 'שקיעה אחרונה של החופשה' },
  { day: '2023-06-04', form: 'i', caption: 'On the line at 6 a.m. with @jonas and a very cold sandwich.' },
  { day: '2023-04-16', form: 'v', caption: 'Test of the new slider.' },
  { day: '2023-03-05', form: 'i', caption: 'Black, white, and a little cheating.' },
  { day: '2023-01-15', form: 2, caption: 'Diptych.' },
  { day: '2022-11-20', form: 'i', caption: 'Exhibition opens on Friday, 19:00. Come by, there is soup. 🍲' },
  { day: '2022-10-02', form: 'i', caption: '' },
  { day: '2022-08-14', form: 'r', caption: 'Our first reel. Be kind.' },
  { day: '2022-06-26', form: 'i', caption: 'Perseverance & <strong>light</strong> "quoted" — 100 % real \\o/' },
  { day: '2022-05-01', form: 'i', caption: 'May!' },
  { day: '2022-02-20', form: 'i', scene: 'forest', caption: 'Snow day ☃️', alt: 'Firs under a pale sun' },
  { day: '2021-12-12', form: 10, caption: 'The year in ten pictures, in no order but the one that feels right.' },
  { day: '2021-10-17', form: 'i', scene: 'forest', caption: 'Foggy commute.' },
  { day: '2021-08-22', form: 'v', scene: 'sea', caption: 'Waves, 3 seconds 🌊' },
  { day: '2021-06-13', form: 'i', caption: 'We are back in the studio.' },
  { day: '2021-04-04', form: 'i', caption: '' },
  { day: '2021-01-31', form: 'i', caption: 'Home office, with a view at least.' },
  { day: '2020-11-08', form: 'i', scene: 'forest', caption: 'Walks, walks, walks.' },
  { day: '2020-08-30', form: 3, scene: 'sea', caption: 'Lake, lake, lake 🏞️' },
  { day: '2020-05-10', form: 'i', scene: 'bloom', caption: 'Balcony light study.', alt: 'Overlapping petals' },
  { day: '2020-02-29', form: 'i', caption: 'See you in four years.' },
  { day: '2019-12-15', form: 'i', caption: 'Last print run of the year.' },
  {
    day: '2019-09-26',
    form: 'i',
    scene: 'mountains',
    caption: 'The picture everybody asks about. Yes, it is for sale.',
    alt: 'A mountain before a wide sky',
  },
  { day: '2019-06-09', form: 'v', caption: 'Timelapse attempt no. 2' },
  { day: '2019-03-17', form: 'i', caption: '#35mm #filmisnotdead' },
  { day: '2018-10-28', form: 2, scene: 'mountains', caption: 'Two of the same, because I cannot choose.' },
  { day: '2018-07-01', form: 'i', scene: 'city', caption: 'Rooftop 🌇' },
  { day: '2018-02-11', form: 'i', caption: '' },
  { day: '2017-09-03', form: 'i', scene: 'mountains', caption: 'New camera. Same old hill.' },
  { day: '2017-04-22', form: 'i', caption: 'Earth day 🌍' },
  { day: '2016-11-27', form: 'v', scene: 'sea', caption: 'Does video work here?' },
  { day: '2016-08-05', form: 'i', scene: 'mountains', caption: 'Hello, world 👋 First post of the studio.' },
];
