package plan

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Paragraphs is documentation as lines of Go comment, without the slashes; an
// empty line parts paragraphs. Nothing in it can end a comment or begin a
// directive: it is printable text, and a printer puts "// " before each line.
type Paragraphs []string

const commentWidth = 76

// tame keeps text from being read as a mark that tools look for behind "// ":
// an old build constraint, and a notice of deprecation, which a specification
// gives as an attribute.
var tame = strings.NewReplacer("+build", "+ build", "Deprecated:", "deprecated:")

// Wrap folds text into lines. Control characters and other separators become
// blanks, an empty line stays between paragraphs.
func Wrap(text string) Paragraphs {
	var out Paragraphs
	for i, p := range strings.Split(text, "\n\n") {
		lines := fold(p)
		if i > 0 && len(lines) > 0 && len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	return out
}

func fold(paragraph string) []string {
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, paragraph)
	var lines []string
	line := ""
	for _, word := range strings.Fields(tame.Replace(clean)) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > commentWidth:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// document begins the spec's documentation with the Go name, as Go does:
// "Creates a queue." becomes "QueueDeclare creates a queue." A text that does
// not begin with a verb, or is empty, follows a sentence of what it is.
func document(name, is, text string, more ...string) Paragraphs {
	first, rest, _ := strings.Cut(text, " ")
	head := name + " is " + is + "."
	if isVerb(first) {
		head, text = name+" "+strings.ToLower(first[:1])+first[1:]+" "+rest, ""
	}
	parts := []string{head}
	if text != "" {
		parts = append(parts, text)
	}
	return Wrap(strings.Join(append(parts, more...), "\n\n"))
}

// which is document for the number of something: what the spec says of the
// thing follows as a clause.
func which(name, is, text string) Paragraphs {
	if first, rest, _ := strings.Cut(text, " "); isVerb(first) {
		return Wrap(name + " is " + is + ", which " + strings.ToLower(first[:1]) + first[1:] + " " + rest)
	}
	return document(name, is, "", text)
}

// isVerb recognises the third person singular that our specs' docs begin
// with: one capital, then small letters that end in s.
func isVerb(word string) bool {
	if len(word) < 4 || word[0] < 'A' || word[0] > 'Z' || word == "This" || !strings.HasSuffix(word, "s") {
		return false
	}
	return strings.Trim(word[1:], "abcdefghijklmnopqrstuvwxyz") == ""
}
