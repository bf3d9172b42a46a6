// Package mutate breaks specifications, in ways that people and disks do, for
// tests. Equal seeds give equal mutants.
package mutate

import (
	"math/rand/v2"
	"strings"
)

// Mutation is one change to a text.
type Mutation struct {
	Kind string // such as "delete element"
	do   func(*scene) string
}

// Text is a specification, and where its elements are.
type Text struct {
	text     string
	elements []element
}

// Read finds the elements of a text, as well as can be.
func Read(text string) Text { return Text{text, scan(text)} }

// scene is what a mutation works on.
type scene struct {
	Text
	rnd    *rand.Rand
	others []Text
}

// Kinds lists the mutations.
var Kinds = []Mutation{
	{"flip a bit", flipBit},
	{"replace an octet", replaceOctet},
	{"insert octets", insertOctets},
	{"cut the end off", truncate},
	{"cut a piece out", cutPiece},
	{"splice in another file", splice},
	{"change the encoding", encode},
	{"nest deeply", nest},
	{"delete an element", deleteElement},
	{"duplicate an element", duplicateElement},
	{"move an element", moveElement},
	{"swap two elements", swapElements},
	{"rename an element", renameElement},
	{"take an element from another file", takeElement},
	{"delete an attribute", deleteAttribute},
	{"duplicate an attribute", duplicateAttribute},
	{"swap two values", swapValues},
	{"rename an attribute", renameAttribute},
	{"point a reference elsewhere", changeReference},
	{"give an odd name", oddName},
	{"change a number", changeNumber},
	{"put text somewhere", insertText},
}

// Step is a mutation with a seed of its own, so that a mutant can be made with
// some of its steps left out.
type Step struct {
	Kind int // of Kinds
	Seed uint64
}

// Steps draws the steps of a mutant: one, or a few.
func Steps(seed, number uint64) []Step {
	rnd := rand.New(rand.NewPCG(seed, number))
	steps := make([]Step, 1+min(rnd.IntN(4), rnd.IntN(4)))
	for i := range steps {
		steps[i] = Step{rnd.IntN(len(Kinds)), rnd.Uint64()}
	}
	return steps
}

// Apply makes a mutant of a text. Others are texts to take pieces from.
func Apply(text Text, others []Text, steps []Step) string {
	for i, step := range steps {
		if i > 0 {
			text = Read(text.text)
		}
		s := &scene{Text: text, rnd: rand.New(rand.NewPCG(step.Seed, 0)), others: others}
		text = Text{text: Kinds[step.Kind].do(s)}
	}
	return text.text
}

// Describe names the steps.
func Describe(steps []Step) string {
	words := make([]string, len(steps))
	for i, step := range steps {
		words[i] = Kinds[step.Kind].Kind
	}
	return strings.Join(words, ", ")
}

// Shrink leaves out steps for as long as the mutant still fails.
func Shrink(steps []Step, fails func([]Step) bool) []Step {
	for i := 0; i < len(steps) && len(steps) > 1; {
		fewer := append(append([]Step{}, steps[:i]...), steps[i+1:]...)
		if fails(fewer) {
			steps = fewer
		} else {
			i++
		}
	}
	return steps
}

// pick draws one of several; ok is false if there are none.
func pick[T any](rnd *rand.Rand, from []T) (picked T, ok bool) {
	if len(from) == 0 {
		return picked, false
	}
	return from[rnd.IntN(len(from))], true
}
