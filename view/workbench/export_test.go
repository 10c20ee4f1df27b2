package workbench

// FewParties lets tests take both ways of a name.
var FewParties = &fewParties
