import { expect } from 'chai';
import { describe, it } from 'mocha';
import { lintDocument } from '../../xml/lint.js';

const wrap = (...lines: readonly string[]): string =>
  [
    '<document type="freeswitch/xml">',
    '<section name="dialplan">',
    ...lines,
    '</section>',
    '</document>',
    '',
  ].join('\n');

/** `rule@line` of every problem, in order of report. */
const found = (text: string): string[] =>
  lintDocument(text).map(({ rule, line }) => `${rule}@${line}`);

const CLEAN: Readonly<Record<string, string>> = {
  'nothing between the sections': wrap(),
  'elements, attributes and text': wrap('<a b="c" d-e=\'f "g"\'>', 'text', '<h/>', '</a>'),
  'blanks inside tags': wrap('<a  b = "c" >', '</a >'),
  'the five entities and character references': wrap(
    '<a b="&lt;&gt;&amp;&quot;&apos;&#233;&#xE9;"/>',
  ),
  'a greater-than sign in a value': wrap('<a b="c > d"/>'),
  'characters beyond the basic plane': wrap('<a b="Zoë 😀"/>'),
  'tabs and blank lines': wrap('', '\t<a/>', ''),
  'no newline at the end': wrap().trimEnd(),
};

const SPOILT: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  'a declaration on the line of the document, which FreeSWITCH drops whole': [
    '<?xml version="1.0"?><document type="freeswitch/xml">\n<section name="result"/>\n</document>',
    ['line_dropped@1'],
  ],
  'a declaration on its own line, which is needless': [
    '<?xml version="1.0"?>\n' + wrap(),
    ['line_dropped@1'],
  ],
  'an include around the document': [
    '<include>\n' + wrap() + '</include>\n',
    ['line_dropped@1', 'line_dropped@6', 'wrong_root@1', 'section_missing@2'],
  ],
  'an unescaped <include> in a value': [
    wrap('<a b="<include>"/>'),
    ['line_dropped@3', 'not_well_formed@3'],
  ],
  'a preprocessor directive': [
    wrap('<X-PRE-PROCESS cmd="exec" data="id"/>'),
    ['preprocessor_directive@3'],
  ],
  'a directive word in a value': [wrap('<a b="an x-Pre-Process"/>'), ['preprocessor_directive@3']],
  'a channel variable': [wrap('<a/>', '<a b="${x}"/>'), ['dollar@4']],
  'a global variable': [wrap('<a b="$${x}"/>'), ['dollar@3', 'dollar@3']],
  'a dollar as a decimal reference': [wrap('<a b="&#36;{x}"/>'), ['dollar@3']],
  'a dollar as a hexadecimal reference': [wrap('<a b="&#x24;"/>'), ['dollar@3']],
  'a comment': [wrap('<!-- a -->'), ['markup_declaration@3']],
  'a comment that is a directive': [wrap('<!--#exec cmd="id"-->'), ['markup_declaration@3']],
  'a section of character data': [wrap('<![CDATA[a < b]]>'), ['markup_declaration@3']],
  'a document type': ['<!DOCTYPE document>\n' + wrap(), ['markup_declaration@1']],
  'a control character': [wrap('<a b="\u0007"/>'), ['control_character@3']],
  'a carriage return': [wrap('<a b="c"/>\r'), ['control_character@3']],
  'a control character as a reference': [wrap('<a b="&#10;"/>'), ['control_character@3']],
  'a half of a surrogate pair': [wrap('<a b="\ud83d"/>'), ['control_character@3']],
  'a non-character': [wrap('<a b="\uffff"/>'), ['control_character@3']],
  'two elements on a line': [wrap('<a/><b/>'), ['several_elements_on_a_line@3']],
  'a child on the line of its parent': [wrap('<a><b/>', '</a>'), ['several_elements_on_a_line@3']],
  'everything on one line': [
    '<document type="freeswitch/xml"><section name="a"/></document>',
    ['several_elements_on_a_line@1'],
  ],
  'another root': ['<configuration name="x"/>', ['wrong_root@1', 'section_missing@1']],
  'a root of another type': [
    '<document type="other">\n<section name="a"/>\n</document>',
    ['wrong_root@1'],
  ],
  'a root without a section': ['<document type="freeswitch/xml"/>', ['section_missing@1']],
  'a section without a name': [
    '<document type="freeswitch/xml">\n<section/>\n</document>',
    ['section_missing@2'],
  ],
  'a section with an empty name': [
    '<document type="freeswitch/xml">\n<section name=""/>\n</document>',
    ['section_missing@2'],
  ],
  'something else in the place of a section': [
    '<document type="freeswitch/xml">\n<context name="a"/>\n</document>',
    ['section_missing@2'],
  ],
};

const MALFORMED: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'text only': 'Internal Server Error',
  'an answer in JSON': '{"error":"x"}',
  'a document cut short': '<document type="freeswitch/xml">\n<section name="a">\n',
  'a document cut short in a tag': '<document type="freeswitch/xml">\n<section na',
  'a document cut short in a value': '<document type="freeswitch/xml">\n<section name="a',
  'a wrong closing tag': wrap('<a>', '</b>'),
  'a closing tag too many': wrap('</a>'),
  'a closing tag that does not end': wrap('<a>', '</a'),
  'a second root': wrap() + wrap(),
  'text after the root': wrap() + 'x',
  'text before the root': 'x' + wrap(),
  'an unquoted value': wrap('<a b=c/>'),
  'an attribute without a value': wrap('<a b/>'),
  'an attribute given twice': wrap('<a b="c" b="d"/>'),
  'attributes without a blank between': wrap('<a b="c"d="e"/>'),
  'a less-than sign in a value': wrap('<a b="c < d"/>'),
  'a bare ampersand': wrap('<a b="Anna & Bob"/>'),
  'a bare ampersand in text': wrap('<a>', 'Anna & Bob', '</a>'),
  'an unknown entity': wrap('<a b="&nbsp;"/>'),
  'a name that starts with a digit': wrap('<1a/>'),
  'a blank before the name': wrap('< a/>'),
  'a slash in the wrong place': wrap('<a / b="c">', '</a>'),
  'an instruction that does not end': wrap('<? a'),
};

describe('lintDocument', () => {
  for (const [name, text] of Object.entries(CLEAN)) {
    it(`finds nothing wrong with ${name}`, () => {
      expect(lintDocument(text)).to.deep.equal([]);
    });
  }

  for (const [name, [text, expected]] of Object.entries(SPOILT)) {
    it(`reports ${name}`, () => {
      expect(found(text)).to.deep.equal(expected);
    });
  }

  for (const [name, text] of Object.entries(MALFORMED)) {
    it(`reports ${name} as not well-formed`, () => {
      expect(lintDocument(text).map(({ rule }) => rule)).to.include('not_well_formed');
    });
  }

  it('reports a recorded reply of another responder: one line, with an expanded dial string', () => {
    const reply =
      '<?xml version="1.0"?>\n<document type="freeswitch/xml"><section name="directory">' +
      '<domain name="acme.example"><params><param name="dial-string" ' +
      'value="${sofia_contact(*/${dialed_user}@${dialed_domain})}"/></params></domain>' +
      '</section></document>';
    expect(new Set(found(reply))).to.deep.equal(
      new Set(['dollar@2', 'line_dropped@1', 'several_elements_on_a_line@2']),
    );
  });

  it('reports a reply above 1 MiB, counted in bytes', () => {
    const line = `<a b="${'é'.repeat(500)}"/>`;
    const lines = (count: number): string => wrap(...Array.from({ length: count }, () => line));
    expect(found(lines(1000))).to.deep.equal([]);
    expect(found(lines(1040))).to.deep.equal(['too_large@1']);
    expect(found(wrap(`<a b="${'😀'.repeat(262_000)}"/>`))).to.deep.equal(['line_too_long@3']);
    expect(found(wrap('<a/>', `<a b="${'x'.repeat(1_100_000)}"/>`))).to.deep.equal([
      'too_large@1',
      'line_too_long@4',
    ]);
  });

  it('stops listing at twenty problems', () => {
    expect(lintDocument(wrap(...Array.from({ length: 50 }, () => '$')))).to.have.lengthOf(20);
  });

  it('takes time in proportion to the text, also for spoiled text', () => {
    const started = process.hrtime.bigint();
    for (const unit of ['<', '<a>', '<a ', '&', '"', '<!', '<a b="', '\ud800', '$', 'x-pre-']) {
      lintDocument(wrap(unit.repeat(200_000 / unit.length)));
    }
    const elapsedMs = Number((process.hrtime.bigint() - started) / 1_000_000n);
    expect(elapsedMs).to.be.below(2_000);
  });
});
