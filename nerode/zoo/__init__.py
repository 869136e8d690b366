"""The zoo: networks of many architectures on data of many kinds, made from one table of recipes."""
