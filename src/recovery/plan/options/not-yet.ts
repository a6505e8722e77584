/** What a plan can price, and no step of this version carries out. */
export const NOT_YET = 'this version of msr does not carry it out yet';
