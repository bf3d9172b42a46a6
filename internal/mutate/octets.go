package mutate

import (
	"strings"
	"unicode/utf16"
)

// place draws an offset; the end of the text is one.
func (s *scene) place() int { return s.rnd.IntN(len(s.text) + 1) }

// piece draws a piece of the text, mostly a short one.
func (s *scene) piece() (from, to int) {
	from = s.place()
	length := 1 + s.rnd.IntN(1<<(1+s.rnd.IntN(12)))
	return from, min(from+length, len(s.text))
}

func (s *scene) replace(from, to int, by string) string {
	return s.text[:from] + by + s.text[to:]
}

func flipBit(s *scene) string {
	if s.text == "" {
		return s.text
	}
	i := s.rnd.IntN(len(s.text))
	return s.replace(i, i+1, string([]byte{s.text[i] ^ 1<<s.rnd.IntN(8)}))
}

func replaceOctet(s *scene) string {
	i := s.place()
	return s.replace(i, min(i+1, len(s.text)), string([]byte{byte(s.rnd.IntN(256))}))
}

// marks are octets that XML gives a meaning to, or that it does not allow.
var marks = []string{
	"<", ">", "&", `"`, "'", "=", "/", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE a [<!ENTITY b 'c'>]>",
	"&amp;", "&lt;", "&#0;", "&#x41;", "&#xD800;", "&b;", "\x00", "\r", "\t", "\n", "\ufeff", "\u2028", "\xff", "\xc0\x80",
}

func insertOctets(s *scene) string {
	i := s.place()
	mark, _ := pick(s.rnd, marks)
	return s.replace(i, i, strings.Repeat(mark, 1+s.rnd.IntN(3)))
}

func truncate(s *scene) string { return s.text[:s.place()] }

func cutPiece(s *scene) string {
	from, to := s.piece()
	return s.replace(from, to, "")
}

// splice goes on as another file does, or takes a piece of it in.
func splice(s *scene) string {
	other, ok := pick(s.rnd, s.others)
	if !ok || other.text == "" {
		return s.text
	}
	at, from := s.place(), s.rnd.IntN(len(other.text))
	if s.rnd.IntN(2) == 0 {
		return s.text[:at] + other.text[from:]
	}
	return s.replace(at, at, other.text[from:min(from+1+s.rnd.IntN(2000), len(other.text))])
}

// encode says that the text is in another encoding, or makes it so.
func encode(s *scene) string {
	const utf8 = `encoding="UTF-8"`
	switch s.rnd.IntN(5) {
	case 0:
		return "\ufeff" + s.text
	case 1:
		return strings.Replace(s.text, utf8, `encoding="ISO-8859-1"`, 1)
	case 2:
		return strings.ReplaceAll(s.text, "\n", "\r\n")
	case 3:
		return strings.Replace(s.text, "a", "\xe4", 1+s.rnd.IntN(9))
	default:
		return wide(s.text)
	}
}

// wide is the text in UTF-16, the high octet first.
func wide(text string) string {
	out := []byte{0xfe, 0xff}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return string(out)
}
