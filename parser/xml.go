package parser

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// What a specification may be at most. The largest published one is a twelfth
// of the size, 5 deep, and has 2 500 elements.
const (
	MaxSize       = 16 << 20 // octets of a file
	MaxDepth      = 16       // elements within each other
	MaxElements   = 200_000  // of a file
	MaxAttributes = 16       // of one element
	maxFindings   = 200      // after that, the reader gives up
)

// node is an element with its place in the file.
type node struct {
	name     string
	pos      model.Pos
	attrs    []attr
	children []*node
	texts    []string // pieces of text, until the element is closed
	text     string   // what stands between the children, white space folded
	claimed  bool
}

type attr struct {
	name, value string
	pos         model.Pos
	claimed     bool
}

// treeReader builds the tree of one file and holds it to more than
// encoding/xml does: one root, no text around it, no attribute twice or across
// lines, no document type, no processing instruction, bounded size and depth.
type treeReader struct {
	file     string
	data     []byte
	newlines []int // offsets
	dec      *xml.Decoder
	root     *node
	stack    []*node
	elements int
	diags    *model.Diags
}

var errGivenUp = errors.New("given up")

// readTree returns the root element, or nil if the file is no well-formed XML.
func readTree(file string, data []byte, diags *model.Diags) *node {
	if len(data) > MaxSize {
		diags.Addf(model.Pos{File: file, Line: 1, Col: 1}, "the file has %d octets; MaxSize is %d", len(data), MaxSize)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	r := &treeReader{file: file, data: data, dec: xml.NewDecoder(bytes.NewReader(data)), diags: diags}
	r.dec.CharsetReader = onlyUTF8
	for i, c := range data {
		if c == '\n' {
			r.newlines = append(r.newlines, i)
		}
	}
	if err := r.read(); err != nil {
		return nil
	}
	return r.root
}

func onlyUTF8(string, io.Reader) (io.Reader, error) {
	return nil, errors.New("a specification is in UTF-8")
}

// at turns an offset into a position.
func (r *treeReader) at(offset int) model.Pos {
	line := sort.SearchInts(r.newlines, offset)
	col := offset + 1
	if line > 0 {
		col = offset - r.newlines[line-1]
	}
	return model.Pos{File: r.file, Line: line + 1, Col: col}
}

func (r *treeReader) read() error {
	for {
		start := int(r.dec.InputOffset())
		token, err := r.dec.RawToken()
		if err == io.EOF {
			return r.end(start)
		}
		if err != nil {
			return r.giveUp(r.at(int(r.dec.InputOffset())), "%s", syntaxText(err))
		}
		if err := r.token(token, start); err != nil {
			return err
		}
		if len(*r.diags) > maxFindings {
			return r.giveUp(r.at(start), "more than %d findings; the rest of the file is not read", maxFindings)
		}
	}
}

func syntaxText(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Msg
	}
	return strings.TrimPrefix(err.Error(), "xml: ")
}

func (r *treeReader) giveUp(pos model.Pos, format string, args ...any) error {
	r.diags.Addf(pos, format, args...)
	return errGivenUp
}

func (r *treeReader) token(token xml.Token, start int) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.open(t, start)
	case xml.EndElement:
		return r.close(t, start)
	case xml.CharData:
		r.charData(string(t), start)
	case xml.Directive:
		return r.giveUp(r.at(start), "a document type or other <!…> directive has no place in a specification")
	case xml.ProcInst:
		if t.Target != "xml" {
			r.diags.Addf(r.at(start), "unknown processing instruction <?%s?>", t.Target)
		} else if start != 0 {
			r.diags.Addf(r.at(start), "<?xml?> has its place at the very beginning of a file")
		}
	}
	return nil
}

func (r *treeReader) open(t xml.StartElement, start int) error {
	pos := r.at(start)
	if len(r.stack) >= MaxDepth {
		return r.giveUp(pos, "elements are nested deeper than MaxDepth, %d", MaxDepth)
	}
	if r.elements++; r.elements > MaxElements {
		return r.giveUp(pos, "the file has more elements than MaxElements, %d", MaxElements)
	}
	if len(t.Attr) > MaxAttributes {
		return r.giveUp(pos, "<%s> has %d attributes; MaxAttributes is %d", t.Name.Local, len(t.Attr), MaxAttributes)
	}
	n := &node{name: qualified(t.Name), pos: pos}
	n.attrs = r.attributes(n, t.Attr, start)
	switch {
	case len(r.stack) > 0:
		top := r.stack[len(r.stack)-1]
		top.children = append(top.children, n)
	case r.root != nil:
		return r.giveUp(pos, "a second root element <%s>; the first is at %s", n.name, r.root.pos)
	default:
		r.root = n
	}
	r.stack = append(r.stack, n)
	return nil
}

func qualified(name xml.Name) string {
	if name.Space != "" {
		return name.Space + ":" + name.Local
	}
	return name.Local
}

// attributes finds the place of each attribute in the raw tag, since the
// decoder does not tell.
func (r *treeReader) attributes(n *node, attrs []xml.Attr, start int) []attr {
	raw := r.data[start:r.dec.InputOffset()]
	offset := 1 + len(n.name)
	out := make([]attr, 0, len(attrs))
	for _, a := range attrs {
		name := qualified(a.Name)
		offset += bytes.Index(raw[offset:], []byte(name))
		pos := r.at(start + offset)
		open := offset + bytes.IndexAny(raw[offset:], `"'`)
		length := bytes.IndexByte(raw[open+1:], raw[open])
		if bytes.ContainsAny(raw[open+1:open+1+length], "\r\n") {
			r.diags.Addf(pos, "attribute %s of <%s> holds a line break", name, n.name)
		}
		offset = open + 1 + length + 1
		twice := slices.ContainsFunc(out, func(b attr) bool { return b.name == name })
		if twice {
			r.diags.Addf(pos, "attribute %s of <%s> is given twice", name, n.name)
		}
		out = append(out, attr{name: name, value: a.Value, pos: pos, claimed: twice})
	}
	return out
}

func (r *treeReader) close(t xml.EndElement, start int) error {
	name := qualified(t.Name)
	if len(r.stack) == 0 {
		return r.giveUp(r.at(start), "</%s> closes nothing", name)
	}
	top := r.stack[len(r.stack)-1]
	if top.name != name {
		return r.giveUp(r.at(start), "</%s> where </%s> is due for the element at %s", name, top.name, top.pos)
	}
	top.text, top.texts = strings.Join(top.texts, " "), nil
	r.stack = r.stack[:len(r.stack)-1]
	return nil
}

func (r *treeReader) charData(text string, start int) {
	words := strings.Join(strings.Fields(text), " ")
	if words == "" {
		return
	}
	if len(r.stack) == 0 {
		r.diags.Addf(r.at(start), "text outside the root element: %s", abbreviated(words))
		return
	}
	top := r.stack[len(r.stack)-1]
	top.texts = append(top.texts, words)
}

func abbreviated(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

func (r *treeReader) end(offset int) error {
	if len(r.stack) > 0 {
		top := r.stack[len(r.stack)-1]
		return r.giveUp(r.at(offset), "the file ends before </%s>, open since %s", top.name, top.pos)
	}
	if r.root == nil {
		return r.giveUp(r.at(offset), "the file has no root element")
	}
	return nil
}
