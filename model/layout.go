package model

// Step is one move of an encoder or decoder through a payload. A list of
// steps is the whole wire layout of a method's arguments or of a content
// header's properties.
type Step struct {
	Kind   StepKind
	Fields []*Field // one; of StepBits, up to eight in bit order, lowest first; of StepFlags, none
	Words  int      // of StepFlags: how many 16-bit words the spec's properties need
	Flag   Flag     // of StepProperty
}

// StepKind says what a step reads or writes.
type StepKind uint8

const (
	StepValue    StepKind = iota + 1 // one value of its elementary type
	StepBits                         // one octet that holds up to eight bit fields
	StepFlags                        // the words of property flags, each but the last with its bit 0 set
	StepProperty                     // one value if its flag is set; a bit property is its flag and has no value
)

// Flag places a property in the flag words: word 0 comes first, and bit 15 is
// a word's first property. Bit 0 says that another word follows.
type Flag struct {
	Word, Bit int
}

const (
	bitsPerOctet      = 8
	propertiesPerWord = 15
	maxPropertyWords  = 4
)

// MaxProperties is the largest number of content properties of one class.
const MaxProperties = propertiesPerWord * maxPropertyWords

// argumentLayout packs runs of bits into octets and leaves all else alone.
func argumentLayout(fields []*Field) []Step {
	var steps []Step
	for _, f := range fields {
		if f.Type != Bit {
			steps = append(steps, Step{Kind: StepValue, Fields: []*Field{f}})
			continue
		}
		if n := len(steps); n > 0 && steps[n-1].Kind == StepBits && len(steps[n-1].Fields) < bitsPerOctet {
			steps[n-1].Fields = append(steps[n-1].Fields, f)
			continue
		}
		steps = append(steps, Step{Kind: StepBits, Fields: []*Field{f}})
	}
	return steps
}

// propertyLayout gives the flag words and then each property under its flag.
// Even a class without properties has one word.
func propertyLayout(fields []*Field) []Step {
	words := max(1, (len(fields)+propertiesPerWord-1)/propertiesPerWord)
	steps := []Step{{Kind: StepFlags, Words: words}}
	for i, f := range fields {
		steps = append(steps, Step{
			Kind:   StepProperty,
			Fields: []*Field{f},
			Flag:   Flag{Word: i / propertiesPerWord, Bit: 15 - i%propertiesPerWord},
		})
	}
	return steps
}
