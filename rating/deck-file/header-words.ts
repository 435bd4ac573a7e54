import type { DeckField } from './types.js';

/**
 * What carriers call their columns, in the form `headerKey` brings a cell to. A word stands for one
 * field only.
 */
const WORDS: Readonly<Record<DeckField, string>> = {
  prefix:
    'prefix prefixes code codes dialcode dialcodes dialingcode dialingcodes dialprefix dialpattern ' +
    'destinationcode destinationcodes destcode numberprefix e164 e164prefix breakout breakouts digits ' +
    'codefull fullcode pattern ratecode routecode phonecode phoneprefix calledprefix cldprefix ' +
    'destinationprefix range numberrange dialledprefix dialedprefix vorwahl prefijo prefixo prefisso',
  npanxx: 'npanxx npanxxx lata6 npanxxy',
  npa: 'npa',
  nxx: 'nxx',
  country_code: 'countrycode ccode cc countrydialcode countryprefix countrycallingcode',
  area_code:
    'areacode areacodes citycode citycodes areaprefix ndc cityprefix networkcode networkcodes operatorcode',
  country: 'country countryname land pais paese pays',
  destination:
    'destination destinations destinationname dest name description zone zonename area areaname ' +
    'location route routename network networkname operator breakoutname comment destinationdescription ' +
    'countrydestination destinationgroup ziel destino destinazione libelle',
  rate:
    'rate rates price prices cost costmin costperminute costperminutes rateperminute ratepermin ratemin ' +
    'priceperminute pricepermin pricemin perminute permin ppm perminutecost perminuterate minuterate ' +
    'minuteprice newrate newprice currentrate currentprice buyrate sellrate callrate voicerate tariff ' +
    'rateinitial standardrate peakrate fullrate charge chargeperminute preis tarif tarifa precio prezzo',
  interstate_rate:
    'interstate interstaterate interstateprice inter interrate interprice ratetoplay',
  intrastate_rate: 'intrastate intrastaterate intrastateprice intra intrarate intraprice',
  indeterminate_rate:
    'indeterminate indeterminaterate indeterminateprice indeterm indetermrate indet indetrate ij ijrate ' +
    'undetermined undeterminedrate unknownrate indeterminant',
  initial_rate:
    'initialrate initialrateperminute firstrate firstblockrate initialprice rateinitialblock firstminuterate',
  increment:
    'increment increments billingincrement billingincrements billing billingscheme incrementinterval ' +
    'chargeincrement chargingincrement chargingincrements rateincrement rateincrements interval ' +
    'intervals rounding roundingrule billingterms billingunit billingblock timeincrement pulse pulserate inc',
  initial_increment:
    'initialincrement initialincrements initial initialincrementsec firstincrement firstinterval ' +
    'initialblock firstblock initinc initialinterval interval1 intervalx minimumincrement initblock ' +
    'buyrateinitblock firstperiod initialperiod intervalone',
  next_increment:
    'nextincrement nextincrements subsequentincrement subsequentincrements additionalincrement ' +
    'additionalincrements nextinterval subsequent next nextblock secondincrement intervaln ' +
    'interval2 incrementsec nextperiod additional buyrateincrement',
  connect_fee:
    'connectfee connectionfee connectioncost connectcost connectcharge connectioncharge setupfee ' +
    'setupcost setupcharge setup callsetupfee callsetup surcharge flagfall accessfee connection ' +
    'feeperconnection callcharge connectionprice connectprice',
  min_duration:
    'mintime minimumtime minduration minimumduration minimumcallduration minsec minseconds ' +
    'minimumseconds minimumbilling minimumlength minchargeable minimumchargedtime mindur',
  grace: 'grace graceperiod gracetime graceseconds gracesec',
  free_seconds:
    'freeseconds freesec free freetime includedseconds includedsec included freeperiod freesecs',
  min_cost:
    'mincost minimumcost minimumcharge mincharge minimalcost minimumprice minprice minimumfee minfee',
  max_cost: 'maxcost maximumcost maximumcharge maxcharge maximumprice maxprice pricecap costcap',
  tiers: 'tiers tier tieredrate tieredrates',
  days: 'days day weekdays daysofweek dayofweek daysoftheweek validdays weekday dow',
  dates: 'dates holidays holiday specialdates datesofyear',
  time_from:
    'from timefrom fromtime starttime timestart begintime timebegin validfromtime hourfrom fromhour start',
  time_to:
    'to end timeto totime endtime timeend stoptime finishtime hourto tohour finish endhour until',
  time_until: 'timeuntil',
  effective_from:
    'effectivedate effectivefrom effective effectivefromdate effdate eff effectivesince startdate ' +
    'datefrom fromdate validfrom validfromdate activationdate activefrom dateeffective newratedate ' +
    'datestart begindate starteffective effectiveon dateofeffect effectivetime validsince ratestartdate',
  effective_to:
    'enddate effectiveto effectiveuntil validto validuntil validtodate expirydate expirationdate ' +
    'expires expiry expiration dateto todate stopdate dateend effectiveend effectiveenddate ' +
    'termination terminationdate validtill rateenddate enddateeffective',
  priority: 'priority precedence preference prio',
  blocked:
    'blocked block barred closed isblocked forbidden blacklisted disabled routingstatus blocking',
};

const FIELD_OF_WORD: ReadonlyMap<string, DeckField> = new Map(
  Object.entries(WORDS).flatMap(([field, words]) =>
    // The record has a member for each field and no other.
    words.split(' ').map((word) => [word, field as DeckField] as const),
  ),
);

const CURRENCY =
  /\b(usd|eur|gbp|chf|cad|aud|inr|jpy|cny|ils|aed|zar|brl|mxn|sek|nok|dkk|pln|sgd|hkd|try|us|usc)\b|[$€£¥₹₪]/g;
const FILLER = /\b(per|in|of|the|a|secs?|seconds?|mins?|minutes?|s)\b/g;

/** `Cost / Min` and `cost_min` become `costmin`: letters and digits only, in lower case. */
export function headerKey(cell: string): string {
  return plain(cell).replace(/[^a-z0-9]/g, '');
}

/** The field a header cell names, or null. Brackets, currencies and units may stand around it. */
export function fieldOfHeader(cell: string): DeckField | null {
  const text = plain(cell);
  const bare = text.replace(/[([{].*?[)\]}]/g, ' ');
  for (const form of [text, bare, bare.replace(CURRENCY, ' ')]) {
    const field = FIELD_OF_WORD.get(form.replace(/[^a-z0-9]/g, ''));
    if (field !== undefined) return field;
  }
  const words = bare.replace(CURRENCY, ' ').replace(/_/g, ' ').replace(FILLER, ' ');
  return FIELD_OF_WORD.get(words.replace(/[^a-z0-9]/g, '')) ?? null;
}

function plain(cell: string): string {
  return cell
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\ufeff]/g, '')
    .toLowerCase();
}
